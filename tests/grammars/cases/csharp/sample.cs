using System;
using Text = System.Text;

namespace Shapes
{
    public delegate int Callback(int x);

    public interface IShape
    {
        double Area();
    }

    public enum Color { Red, Green }

    public record Point(int X, int Y);

    public struct Size
    {
        public int Width;
    }

    /// <summary>A circle.</summary>
    public class Circle : Base, IShape
    {
        private const double Pi = 3.14;
        public double Radius { get; set; }
        public event EventHandler Changed;
        public double this[int at] => Radius * at;

        public Circle(double radius)
        {
            Radius = radius;
        }

        public double Area()
        {
            if (Radius > 0)
            {
                return Pi * Math.Pow(Radius, 2);‸
            }
            double Twice(double x) => 2 * x;
            return Twice(new Size().Width);
        }
    }
}
