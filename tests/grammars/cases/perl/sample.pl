#!/usr/bin/perl
package Shapes::Circle;

use strict;
use List::Util qw(sum max);
require Carp;
use constant LIMIT => 10;

our $name = "x";

# Makes a circle.
sub new {
    my ($class, $radius) = @_;
    return bless { radius => $radius }, $class;
}

sub area {
    my $self = shift;
    if ($self->{radius} > 0) {
        print square($self->{radius});‸
    }
    return $self->scale(2);
}

sub square { return $_[0] * $_[0]; }

sub Shapes::Tools::scale { Carp::croak("x"); }

package main;

my $circle = Shapes::Circle->new(2);
