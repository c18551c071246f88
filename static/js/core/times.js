// Moments in the house's zone. Milliseconds since 1970 in, texts out; the server's twin is web/figures.py.
const { zone, zoneName } = document.body.dataset;
export { zoneName };

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'short', day: 'numeric',
  hour: '2-digit', minute: '2-digit', second: '2-digit',
});
const months = new Intl.DateTimeFormat('en-GB', { timeZone: zone, month: 'numeric' });

function read(at) {
  return Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]));
}

const hms = ({ hour, minute, second }) => `${hour}:${minute}:${second}`;
const millis = (at) => String(Math.floor(at) % 1000).padStart(3, '0');

export const clock = (at) => hms(read(at));
export const clockMs = (at) => `${clock(at)}.${millis(at)}`;

export function moment(at, now, language) {
  const there = read(at);
  const here = read(now);
  if (there.day === here.day && there.month === here.month && there.year === here.year) return hms(there);
  const date = language === 'zh' ? `${months.format(at)}月${there.day}日` : `${there.day} ${there.month}`;
  return `${date} ${hms(there)}`;
}
