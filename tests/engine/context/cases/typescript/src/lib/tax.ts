export function withTax(amount: number, rate = 0.19): number {
  return amount * (1 + rate);
}
