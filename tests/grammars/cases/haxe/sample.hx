package shapes;

import haxe.ds.StringMap;
using StringTools;

/** A shape. */
interface Shape {
	function area():Float;
}

enum Color {
	Red;
	Green;
}

typedef Names = Array<String>;

class Circle extends Base implements Shape {
	static var LIMIT = 10;
	var radius:Float;

	public function new(radius:Float) {
		this.radius = radius;
	}

	public function area():Float {
		if (radius > 0) {
			trace(square(radius));‸
		}
		return scale(2);
	}
}
