(open_module module: (module_path) @path) @import
(include_module module: (module_path) @path) @import
