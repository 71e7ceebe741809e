/**
 * @google-cloud/pubsub is a bundle of its own, because only a function that publishes loads it, with its first message.
 * `load` is a parameter of the bundle's function; see `load.cjs`.
 */
/* global load */
module.exports = load('pubsub')
