using Acme.Shop;

namespace Acme
{
    class Program
    {
        static int Pay(Basket basket)
        {
            return basket.‸;
        }
    }
}
