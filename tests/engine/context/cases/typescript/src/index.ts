import { Cart } from "./cart";
import * as tax from "./lib/tax.js";

export function checkout(cart: Cart): number {
  const total = cart.‸;
  return tax.withTax(total);
}
