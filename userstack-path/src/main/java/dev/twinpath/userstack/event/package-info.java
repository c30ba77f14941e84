/**
 * What the stack tells the JDK's flight recorder: rare things as they happen, and once a second
 * what each shard counted. Nothing here costs anything while no recording runs.
 */
package dev.twinpath.userstack.event;
