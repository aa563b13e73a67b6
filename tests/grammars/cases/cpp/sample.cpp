#include <vector>
using std::string;

namespace shapes {

template <typename T>
concept Number = requires(T t) { t + t; };

using Names = std::vector<string>;

enum class Color { Red, Green };

// A shape.
class Shape : public Base {
public:
    explicit Shape(string name) : name_(std::move(name)) {}
    virtual ~Shape() = default;
    virtual double area() const = 0;
    bool operator==(const Shape &other) const { return name_ == other.name_; }

private:
    string name_;
};

template <typename T>
T square(T x)
{
    return x * x;
}

double Shape::perimeter() const
{
    for (auto &name : names()) {
        square<int>(size(name));‸
    }
    auto twice = [](int x) { return 2 * x; };
    return shapes::scale(other->area());
}

template <typename T>
class Box {
    Box();
    T &operator[](int at);
};

template <typename T>
T &Box<T>::operator[](int at)
{
    return items[at];
}

static const char *const titles[] = {"é"};

}  // namespace shapes
