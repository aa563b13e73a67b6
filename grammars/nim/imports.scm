(import_statement (expression_list (_) @path)) @import
(import_from_statement module: (_) @path (expression_list (_) @name)) @import
(include_statement (expression_list (_) @path)) @import
