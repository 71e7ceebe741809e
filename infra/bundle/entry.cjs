/** What the deployed bundle exports, for `start.cjs`. */

/** Registers the functions. Resolves when the one that the environment names is ready. */
exports.register = async () => (await import('../../functions/register.ts')).register()

/** Runs functions-framework, which serves the registered function that the environment names. */
exports.serve = () => require('../../node_modules/@google-cloud/functions-framework/build/src/main.js')
