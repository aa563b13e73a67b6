/// Things with prices.
pub struct Basket {
    pub prices: Vec<u64>,
}

impl Basket {
    pub fn total_of_prices(&self) -> u64 {
        let mut sum = 0;
        for price in &self.prices {
            sum += price;
        }
        sum
    }
}
