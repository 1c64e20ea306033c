// Messages of a gesture that goes on: few at a time, what happens meanwhile goes with the next.

const MOST_FLYING = 3; // messages on their way

export class Flight {
  constructor(send) {
    this.send = send;
    this.flying = []; // how much went with each message that has no answer yet
  }

  get full() {
    return this.flying.length >= MOST_FLYING;
  }

  start(message, load = 1) {
    this.flying.push(load);
    this.send(message);
  }

  // The kernel has answered the oldest message; returns how much went with it.
  land() {
    return this.flying.shift() ?? 0;
  }
}
