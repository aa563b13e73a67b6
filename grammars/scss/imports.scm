(use_statement (string_value) @path) @import
(forward_statement (string_value) @path) @import
(import_statement (string_value) @path) @import
