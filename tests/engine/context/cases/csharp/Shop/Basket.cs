namespace Acme.Shop
{
    public class Basket
    {
        private readonly int[] prices = {};

        public int SumOfPrices()
        {
            int sum = 0;
            foreach (int price in prices) { sum += price; }
            return sum;
        }
    }
}
