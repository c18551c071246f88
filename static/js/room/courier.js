// Carries one bid to the house and brings its decision back: by the socket first, by HTTP when that is silent.
import { ask, newId, post } from '../core/http.js';
import { Decision } from './decision.js';

const CODES = { 0: 'network', 401: 'unauthorised', 403: 'not_admitted', 409: 'id_reused', 429: 'rate_limited' };

export class Courier {
  decision = null;

  // settled(decision): called once for each decided bid.
  constructor(room, settled) {
    this.room = room;
    this.settled = settled;
    room.addEventListener('decision', ({ detail }) => this.#hear(detail));
    room.addEventListener('error', ({ detail }) => detail.id && this.#fail(detail.id, detail.code));
  }

  get blocks() {
    return this.decision?.blocks ?? false;
  }

  place(amount, confirm = null) {
    const at = performance.now();
    this.decision = new Decision({ id: newId(), amount, confirm, endsAt: this.room.view.ends_at, at });
    this.#carry('socket');
  }

  again() {
    this.decision.again(performance.now());
    this.#carry('socket');
  }

  // Called often: asks again when it is time to.
  tick() {
    const due = this.decision?.due(performance.now());
    if (due) this.#carry(due);
  }

  #carry(way) {
    const { decision, room } = this;
    if (way === 'socket' && room.connection.send(decision.frame)) return;
    if (way === 'look') this.#look(decision);
    else this.#post(decision);
  }

  async #post(decision) {
    const { id, amount, confirm } = decision;
    const body = confirm === null ? { id, amount } : { id, amount, confirm };
    const answer = await post(`/api/v1/lots/${this.room.lot.id}/bids`, body);
    if (answer.status === 200) this.#hear({ ...answer.body, id });
    else this.#fail(id, answer.body?.error ?? CODES[answer.status] ?? 'unknown');
  }

  async #look(decision) {
    const answer = await ask(`/api/v1/lots/${this.room.lot.id}/bids/${decision.id}`);
    if (answer.status === 200) this.#hear({ ...answer.body, id: decision.id });
    else if (answer.status === 404) decision.missing();
    this.room.paint.ask();
  }

  #hear(frame) {
    if (!this.decision?.hear(frame, performance.now())) return;
    this.settled(this.decision);
    this.room.paint.ask();
  }

  #fail(id, code) {
    const { decision } = this;
    if (decision?.id !== id || !decision.open) return;
    decision.fail(code, performance.now());
    if (decision.state === 'refused') this.settled(decision);
    this.room.paint.ask();
  }
}
