(program_definition (identification_division (program_name) @name)) @definition.module
