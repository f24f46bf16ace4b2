/**
 * What an interactive sign-in needs of a desktop.
 *
 * @module
 */
export { openInBrowser } from "./browser.js";
export { listen } from "./loopback-server.js";
