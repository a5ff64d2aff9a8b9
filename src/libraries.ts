/** The libraries that take longest to load. `main.ts` loads them on their own; see there. */
import '@nestjs/core';
import '@nestjs/swagger';
import '@nestjs/typeorm';
import 'class-transformer';
import 'class-validator';
import 'fastify';
import 'prom-client';
import 'typeorm';
