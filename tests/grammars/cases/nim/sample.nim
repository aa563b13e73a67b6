import std/strutils
from os import getEnv
include tools

const Limit = 10

type
  Shape = object
    radius: float
  Color = enum
    red, green

## Squares a number.
proc square(x: float): float =
  if x > 0:
    echo toUpperAscii("a")‸
  result = x * x

template twice(body: untyped) =
  body
  body

iterator items(s: Shape): int =
  yield 1

echo square(2.0)
