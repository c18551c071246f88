// The root of a room's page: builds the room, its clock and its links, and lets the parts below find it.
import { HouseClock } from '../core/clock.js';
import { showHouseTime } from '../core/house-time.js';
import { Paint } from '../core/paint.js';
import { Connection } from './connection.js';
import { History } from './history.js';
import { Room } from './room.js';

const PING_MS = 3000;
const TICK_MS = 500;
const SPREAD_MS = { bidder: 250, operator: 250, watcher: 5000 };

export class LotRoom extends HTMLElement {
  connectedCallback() {
    const data = JSON.parse(this.dataset.room);
    const clock = new HouseClock();
    clock.heard(data.lot.now);
    const room = new Room(data, clock, new Paint(), new History(data.lot.id));
    room.connection = new Connection({
      path: `/ws/lots/${data.lot.id}`,
      spread: SPREAD_MS[data.me.role],
      position: () => room.journal.position.stated(),
      hear: (text, at) => room.hear(text, at),
      changed: (state, code) => {
        room.linkChanged(state, code);
        if (state === 'open') this.#ping();
      },
    });
    this.room = room;
    this.#pings = data.me.role !== 'watcher';
    room.connection.open();
    showHouseTime(clock);
    setInterval(() => this.#ping(), PING_MS);
    setInterval(() => this.#tick(), TICK_MS);
    document.addEventListener('visibilitychange', () => this.#tick());
  }

  #pings = false;

  #ping() {
    if (this.#pings) this.room.connection.send({ t: 'ping', c: Math.round(performance.now() * 1000) });
  }

  // Ages are counted, and a machine that slept measures anew.
  #tick() {
    if (this.room.clock.stepped() && this.room.live) this.room.connection.renew();
    this.room.paint.ask();
  }
}
