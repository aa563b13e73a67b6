(use_statement (module_name) @path) @import
(use_statement (module_name) @path (included_items (identifier) @name)) @import
(include_statement (filename) @path) @import
