package com.acme;

import com.acme.shop.Basket;

public class App {
    int pay(Basket basket) {
        return basket.‸;
    }
}
