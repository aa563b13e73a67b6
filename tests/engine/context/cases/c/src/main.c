#include <stdio.h>
#include "shop/basket.h"

int main(void) {
    struct basket basket = {0};
    int sum = ‸;
    return basket_total(&basket);
}
