#!/usr/bin/env node
/** The program `functions-framework` of the artefact: the builder of Cloud Run functions starts it. */
const { register, serve } = require('../dist/load.cjs')

register().then(serve)
