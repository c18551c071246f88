// The list of lots: live prices and clocks. What moves to another place is drawn anew by the server, and never under a
// pointer that is about to choose.
import { HouseClock } from '../core/clock.js';
import { showHouseTime } from '../core/house-time.js';
import { Filters } from './filters.js';
import { Line } from './line.js';
import { Market } from './market.js';

const ANEW_MS = 2000;
const list = document.querySelector('[data-lots]');
const clock = new HouseClock();
clock.heard(Number(document.body.dataset.now));
let lines = read();
let anew = null;

function read() {
  return new Map([...list.children].map((node) => [node.dataset.lot, new Line(node)]));
}

const filters = new Filters(() => lines.values());

function tick() {
  const now = clock.now();
  let next = 1000;
  for (const line of lines.values()) {
    const wait = line.node.hidden ? null : line.tick(now);
    if (wait !== null) next = Math.min(next, wait);
  }
  setTimeout(tick, Math.max(50, next));
}

async function drawAnew() {
  anew = null;
  if (list.matches(':hover, :focus-within')) {
    again();
    return;
  }
  const response = await fetch('/').catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const fresh = page.querySelector('[data-lots]');
  if (!fresh) return;
  list.replaceChildren(...fresh.children);
  lines = read();
  filters.run();
}

function again() {
  anew ??= setTimeout(drawAnew, ANEW_MS * (0.5 + Math.random()));
}

new Market(({ now, lots }) => {
  clock.heard(now);
  for (const lot of lots) {
    const line = lines.get(lot.id);
    if (!line || line.hear(lot)) again();
  }
  filters.run();
}, (live) => list.classList.toggle('old', !live));

showHouseTime(clock);
filters.run();
tick();
