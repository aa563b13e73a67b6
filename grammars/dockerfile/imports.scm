(from_instruction (image_spec) @path) @import
