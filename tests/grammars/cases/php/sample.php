<?php

namespace App\Shapes;

use App\Base;
use App\Tools\{Logger, Timer as Clock};
require_once 'vendor/autoload.php';

const LIMIT = 10;
define('NAME', 'é');

interface Shape extends Sized
{
    public function area(): float;
}

trait Named
{
    private string $name = '';
}

enum Color: string
{
    case Red = 'red';
}

/**
 * A circle.
 */
final class Circle extends Base implements Shape
{
    use Named;

    const PI = 3.14;

    public function __construct(private float $radius)
    {
    }

    public function area(): float
    {
        if ($this->radius > 0) {
            return self::PI * square($this->radius);‸
        }
        return Logger::log($this->scale(new Timer()));
    }
}

function square(float $x): float
{
    return array_map(fn ($y) => $y * 2, [$x]);
}
