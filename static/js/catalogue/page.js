// The list of lots: live prices and clocks, the soonest first. Rows never move under a pointer that is about to choose.
import { HouseClock } from '../core/clock.js';
import { showHouseTime } from '../core/house-time.js';
import { Filters } from './filters.js';
import { Line, tabOf } from './line.js';
import { Market } from './market.js';

const ANEW_MS = 2000;
const RESTED_MS = 5000;
const list = document.querySelector('[data-lots]');
const clock = new HouseClock();
clock.heard(Number(document.body.dataset.now));
let lines = read();
let anew = null;

function read() {
  return new Map([...list.children].map((node) => [node.dataset.lot, new Line(node)]));
}

// Whether the server left out lots of this tab: a house of years does not fit a page.
const part = (tab) => (list.dataset.part ?? '').split(' ').includes(tab);
const filters = new Filters(() => lines.values(), !('part' in list.dataset));
// A pointer or a focus that has rested for a while chooses nothing: the list takes its order again under it.
let stirred = -Infinity;
for (const kind of ['pointermove', 'pointerdown', 'keydown', 'focusin']) {
  list.addEventListener(kind, () => { stirred = performance.now(); }, { passive: true });
}
const chosen = () => list.matches(':hover, :focus-within') && performance.now() - stirred < RESTED_MS;

function tick() {
  const now = clock.now();
  let next = 1000;
  for (const line of lines.values()) {
    const wait = line.node.hidden ? null : line.tick(now);
    if (wait !== null) next = Math.min(next, wait);
  }
  setTimeout(tick, Math.max(50, next));
}

function sort() {
  if (chosen()) return;
  const sorted = [...lines.values()].sort(({ order: [a, x] }, { order: [b, y] }) => a - b || x - y).map(({ node }) => node);
  if (sorted.some((node, place) => list.children[place] !== node)) list.append(...sorted);
}

// A lot that is not here yet comes drawn by the server.
async function drawAnew() {
  anew = null;
  if (chosen()) {
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
    if (line) line.hear(lot);
    else if (!part(tabOf(lot.state))) again();
  }
  sort();
  filters.run();
}, (live) => list.classList.toggle('old', !live));

showHouseTime(clock);
filters.run();
tick();
