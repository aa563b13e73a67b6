(open_module module: (module_path) @path) @import
(include_module_type (module_type_of (module_path) @path)) @import
