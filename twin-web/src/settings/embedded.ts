// Settings that `embed.js` passes in the address of its frame: `#embed&accent=%233366cc`.

/** Whether the page is inside the frame that `embed.js` adds to another site. */
export const isEmbedded = location.hash.startsWith('#embed');

export const embedAccent = new URLSearchParams(location.hash.slice(1)).get('accent');
