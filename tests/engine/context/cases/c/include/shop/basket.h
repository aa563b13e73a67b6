/* Things with prices. */
struct basket {
    int prices[8];
    int count;
};

/* The sum of all prices. */
int basket_total(const struct basket *basket);
