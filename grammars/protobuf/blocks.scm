[(message_body) (enum_body) (service) (oneof)] @block
