class_name Player
extends Node2D

signal hit(damage)

const LIMIT = 10
enum Color { RED, GREEN }

var health: int = 3
@onready var tools = preload("res://tools.gd")

# Called on every frame.
func _process(delta):
	if health > 0:
		print(square(health))‸
	tools.run(delta)

static func square(x: int) -> int:
	return x * x

class Inner:
	var size = 1
	func grow():
		pass
