// The house's time in the page's head.
import { put } from './dom.js';
import { clock } from './times.js';

export function showHouseTime(house) {
  const node = document.querySelector('[data-house-time]');
  const tick = () => {
    const now = house.now();
    put(node, clock(now));
    setTimeout(tick, 1000 - (now % 1000) + 2);
  };
  tick();
}
