require "json"
require_relative "shape"

LIMIT = 10

# Shapes.
module Shapes
  class Circle < Base
    include Comparable
    attr_accessor :radius
    PI = 3.14

    def initialize(radius)
      @radius = radius
    end

    def self.unit
      new(1)
    end

    # Area of the circle.
    def area
      if @radius > 0
        puts square(@radius)‸
      end
      names.each do |name|
        print name.upcase
      end
    end
  end
end

class Shapes::Square < Shapes::Circle
  class << self
    def unit? = true
  end
end

def square(x) = x * x

def plain
  helper
  Shapes::Circle.new(2)
end
