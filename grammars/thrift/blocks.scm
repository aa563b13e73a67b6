[(struct_definition) (union_definition) (exception_definition) (enum_definition) (service_definition)] @block
