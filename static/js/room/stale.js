// Whether what is shown may be old. Browsers cannot see a websocket's pings, so silence has to tell.
export const SILENCE_MS = 12_000;
export const DOWN_MS = 1_000;

// heardAt: when the last frame came; downSince: since when there is no synchronous socket, null while there is one.
// An ended lot whose socket the house has let go (4101) cannot become old.
export function staleness({ heardAt, downSince, code }, now) {
  if (code === 4101) return { stale: false, age: null };
  const silent = heardAt !== null && now - heardAt > SILENCE_MS;
  const down = downSince !== null && now - downSince > DOWN_MS;
  return { stale: silent || (down && heardAt !== null), age: heardAt === null ? null : now - heardAt };
}
