/** The page's address, below whatever path a proxy puts before it. */
export const CONSOLE_PATH = '/console';

/** The paths that belong to the page and not to the API, in a gateway's notation. */
export const consolePaths = ['/', CONSOLE_PATH, `${CONSOLE_PATH}/{file+}`] as const;
