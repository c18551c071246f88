// What a countdown shows. It never shows more time than is left, and never says by itself that a lot is closed.
const two = (n) => String(n).padStart(2, '0');

export function left(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  const text = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${text}` : text;
}

export const TENTHS_MS = 60_000;

// Seconds with tenths under a minute; null at zero.
export function remaining(ms) {
  if (ms <= 0) return null;
  return ms < TENTHS_MS ? (Math.floor(ms / 100) / 10).toFixed(1) : left(ms);
}

// Until the shown text can change.
export function untilChange(ms) {
  return ms <= 0 ? 1000 : ms < 60_100 ? (ms % 100) + 1 : (ms % 1000) + 1;
}
