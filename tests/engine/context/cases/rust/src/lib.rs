mod basket;
mod price;

use crate::basket::Basket;
use price::discount;

pub fn pay(basket: &Basket) -> u64 {
    let sum = basket.‸;
    discount(sum, 10)
}
