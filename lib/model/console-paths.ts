/** Where the page is, below whatever path a proxy puts before it. */
export const CONSOLE_PATH = '/console';

/** The paths that are the page's and not the API's, as a gateway writes them. */
export const consolePaths = ['/', CONSOLE_PATH, `${CONSOLE_PATH}/{file+}`] as const;
