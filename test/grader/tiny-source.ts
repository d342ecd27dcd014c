/** A notebook source with two exercises that run in no time. */

/** Source text of the assignment `90-tiny`, worth 3 points. */
export const tinySource = `
// %% [markdown]
// # Tiny

// %% setup id=setup
import { checkEqual as check } from "residency/exercise";

// %% helper
const two = 2;

// %% exercise id=twice title="Twice" difficulty=1 importance=1 minutes=1
/*
Double it.
*/
function twice(value: number): number {
  // BEGIN SOLUTION
  return value * two;
  // END SOLUTION
}

// %% tests points=2
check("twice of 2", twice(2), 4);
// BEGIN HIDDEN TESTS: negative numbers
check("twice of -3", twice(-3), -6);
// END HIDDEN TESTS

// %% exercise id=half title="Half" difficulty=1 importance=1 minutes=1
/*
Halve it.
*/
function half(value: number): number {
  // BEGIN SOLUTION
  return value / 2;
  // END SOLUTION
}

// %% tests points=1
check("half of 8", half(8), 4);
`;
