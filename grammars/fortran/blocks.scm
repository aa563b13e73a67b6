[
  (module) (submodule) (program) (function) (subroutine) (interface) (derived_type_definition)
  (if_statement) (do_loop_statement) (where_statement) (select_case_statement)
  (case_statement) (associate_statement)
] @block
