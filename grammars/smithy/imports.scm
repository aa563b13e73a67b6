(use_statement (absolute_root_shape_id) @path) @import
