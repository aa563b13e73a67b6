(library_clause (logical_name_list library: (simple_name) @path)) @import
(use_clause (selected_name) @path) @import
