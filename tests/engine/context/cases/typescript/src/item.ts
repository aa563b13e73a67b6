export interface Item {
  price: number;
  count: number;
}
