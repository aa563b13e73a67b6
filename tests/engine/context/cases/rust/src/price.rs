/// Takes `percent` off.
pub fn discount(amount: u64, percent: u64) -> u64 {
    amount - amount * percent / 100
}
