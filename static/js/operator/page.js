// The operator's desk: the house's health, what ends soon, the chosen lot's strip, what waits for a second operator.
import '../room/page.js';
import { HouseClock } from '../core/clock.js';
import { showHouseTime } from '../core/house-time.js';
import { OpProposals } from '../room/op-proposals.js';
import { EndingSoon } from './ending-soon.js';
import { HouseHealth } from './house-health.js';
import { PauseAll } from './pause-all.js';

const clock = new HouseClock();
clock.heard(Number(document.body.dataset.now));
if (!document.querySelector('lot-room')) {
  showHouseTime(clock);
  customElements.define('op-proposals', OpProposals);
}
EndingSoon.clock = clock;
OpProposals.clock = clock;
customElements.define('house-health', HouseHealth);
customElements.define('pause-all', PauseAll);
customElements.define('ending-soon', EndingSoon);
