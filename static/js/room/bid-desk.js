// The bidder's desk: the amount, the press, and the way of a bid to the house and back.
import { judge } from '../core/grid.js';
import { cry, say } from '../core/speech.js';
import { t } from '../core/words.js';
import { BidFacts } from './bid-facts.js';
import { Courier } from './courier.js';
import { Desk } from './desk.js';
import { drawAmount, drawButton, drawMood, drawVerdict } from './desk-view.js';
import { keepAboveKeyboard } from './keyboard.js';
import { mayMatch, maySelfRaise, obstacle } from './may-bid.js';
import { Part } from './part.js';
import { Press } from './press.js';
import { Slip } from './slip.js';
import { refused, verdictOf } from './verdict.js';

const REMARK_MS = 4000;
const ASK_AGAIN_MS = 100;

export class BidDesk extends Part {
  #remark = null;

  start() {
    const { room, f } = this;
    this.desk = new Desk(room.terms);
    this.press = new Press();
    this.courier = new Courier(room, (decision) => this.#settled(decision));
    this.facts = new BidFacts(room, f);
    this.slip = new Slip(room, f, (amount) => this.#send(amount, amount));
    keepAboveKeyboard(this);
    this.#listenToPress();
    this.#listenToAmount();
    setInterval(() => this.#wait(), ASK_AGAIN_MS);
  }

  #listenToPress() {
    const { f } = this;
    const down = () => this.press.down(this.desk.shown, performance.now());
    f.press.addEventListener('pointerdown', (event) => event.isPrimary && event.button === 0 && down());
    f.press.addEventListener('keydown', (event) => !event.repeat && (event.key === ' ' || event.key === 'Enter') && down());
    f.press.addEventListener('pointercancel', () => this.press.drop());
    addEventListener('pointerup', (event) => event.target !== f.press && this.press.drop());
    f.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#up();
    });
    f.match.onclick = () => this.#match();
    f.again.onclick = () => this.courier.again();
  }

  #listenToAmount() {
    const { f, room, desk } = this;
    f.less.onclick = () => this.#step('less');
    f.more.onclick = () => this.#step('more');
    f.amount.onfocus = () => f.amount.select();
    f.amount.onblur = () => room.paint.ask();
    f.amount.oninput = () => {
      desk.type(f.amount.value, room.view);
      room.paint.ask();
    };
    f.amount.onkeydown = (event) => {
      const move = { ArrowUp: 'more', ArrowDown: 'less', Escape: 'follow' }[event.key];
      if (!move) return;
      event.preventDefault();
      this.#step(move);
    };
  }

  get #obstacle() {
    const { room, courier } = this;
    const { view, terms, me, live, store, clock } = room;
    const { stale } = room.stale;
    const selfRaise = maySelfRaise(terms, view);
    return obstacle({ live, stale, store, view, code: me.code, now: clock.now(), pending: courier.blocks, selfRaise });
  }

  #step(move) {
    if (this.room.view.ask === null) return;
    this.desk[move](this.room.view);
    this.#show();
  }

  #choose(amount) {
    this.desk.choose(amount);
    this.#show();
    this.f.press.focus();
  }

  #show() {
    drawAmount(this.f, this.desk, this.room, true);
    this.room.paint.ask();
  }

  #up() {
    const { room, facts } = this;
    const pressed = this.press.up(this.desk.shown, performance.now());
    if (this.#obstacle) return;
    if (pressed.refused) {
      this.#say(pressed.refused === 'changed' ? 'bid.changed' : 'why.settling');
      return;
    }
    const judged = judge(pressed.amount, room.view, room.terms);
    if (facts.ceiling !== null && pressed.amount > facts.ceiling) return;
    if (judged === 'slip') this.slip.ask(pressed.amount);
    else if (judged === 'ok') this.#send(pressed.amount);
  }

  #match() {
    const { view, me, leaderRank } = this.room;
    if (!this.#obstacle && mayMatch(me, view, leaderRank)) this.#send(view.price);
  }

  #send(amount, confirm = null) {
    this.#remark = null;
    this.courier.place(amount, confirm);
    this.desk.follow(this.room.view);
    this.#show();
  }

  #settled(decision) {
    if (decision.trip !== null && decision.answer) this.facts.trip(decision.trip);
    if (decision.state === 'refused') cry(t('speak.refused', { why: refused(decision) }));
    else say(verdictOf(decision).text);
  }

  #say(key) {
    this.#remark = { key, kind: 'changed', until: performance.now() + REMARK_MS };
    this.room.paint.ask();
  }

  #wait() {
    if (!this.courier.blocks) return;
    this.courier.tick();
    this.room.paint.ask();
  }

  render() {
    const { room, f, desk, press, facts } = this;
    const at = performance.now();
    const moved = desk.see(room.view);
    if (moved) press.moved(at);
    if (moved === 'passed') this.#say('why.passed');
    if (this.#remark && at > this.#remark.until) this.#remark = null;
    const settling = desk.follows && press.inert(at);
    if (settling) setTimeout(() => room.paint.ask(), press.inertFor(at) + 1);
    drawMood(this, room, f);
    drawAmount(f, desk, room, moved === 'passed');
    drawButton(f, {
      room, desk, settling, obstacle: this.#obstacle, ceiling: facts.ceiling, choose: (amount) => this.#choose(amount),
    });
    drawVerdict(f, this.courier.decision, this.#remark, room.mood);
    this.slip.render();
    facts.render(desk.amount);
  }
}
