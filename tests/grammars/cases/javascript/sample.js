import fs, { readFile as read } from "node:fs";
const path = require("path");

const LIMIT = 10;

/** Greets people. */
export class Greeter extends Base {
  size = 0;

  constructor(name) {
    super(name);
  }

  get length() {
    return this.name.length;
  }

  greet(times) {
    for (let i = 0; i < times; i++) {
      console.log(format(this.name));‸
    }
  }
}

function* ids() {
  yield 1;
}

const double = (x) => x * 2;

Greeter.prototype.wave = function () {};

exports.helper = function () {
  return new Greeter("é");
};

const api = {
  start() {
    return ids();
  },
  stop: async () => null,
};
