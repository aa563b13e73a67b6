package com.acme.shop;

/** Things with prices. */
public class Basket {
    private final int[] prices;

    public Basket(int[] prices) {
        this.prices = prices;
    }

    public int sumOfPrices() {
        int sum = 0;
        for (int price : prices) {
            sum += price;
        }
        return sum;
    }
}
