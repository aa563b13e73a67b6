import type { Logger } from "./logger";
import express from "express";

export interface Shape extends Sized {
  area(): number;
  readonly name: string;
}

type Callback<T> = (value: T) => void;

enum Color {
  Red,
  Green = "green",
}

namespace Geometry {
  export const PI = 3.14;
}

/** A circle. */
export abstract class Circle implements Shape {
  private radius: number = 1;

  constructor(readonly name: string) {
    super();
  }

  area(): number {
    if (this.radius > 0) {
      return Geometry.PI * square(this.radius);‸
    }
    return 0;
  }

  abstract scale(by: number): Circle;
}

export default class Square {
  handler = (event: Event) => run(event);
}

function square(x: number): number;
function square(x: any): any {
  return x * x;
}

export const app: Express = express();
declare function log(message: string): void;
const twice = async (x: number): Promise<number> => x * 2;
