(module_import path: (_) @path) @import
