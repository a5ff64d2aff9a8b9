import { given } from 'durable-cqrs/testing';
import {
  course,
  CourseOpened,
  enrol,
  fillSeat,
  StudentEnrolled,
  StudentLeft,
  StudentQueued,
} from './course.js';

const opened = new CourseOpened({ courseId: 'c1', capacity: 1 });
const annEnrolled = new StudentEnrolled({ courseId: 'c1', studentId: 'ann' });
const bobQueued = new StudentQueued({ courseId: 'c1', studentId: 'bob' });

describe('a course', () => {
  it('gives seats up to its capacity', () => {
    given(course, opened)
      .when((state) => enrol(state, 'c1', 'ann'))
      .then(annEnrolled);
    given(course, opened, annEnrolled)
      .when((state) => enrol(state, 'c1', 'bob'))
      .then(bobQueued);
  });

  it('enrols a student once', () => {
    given(course, opened, annEnrolled)
      .when((state) => enrol(state, 'c1', 'ann'))
      .thenNothing();
  });

  it('is refused if it was never opened', () => {
    given(course)
      .when((state) => enrol(state, 'c1', 'ann'))
      .thenRefused('COURSE_NOT_FOUND');
  });

  it('gives a free seat to the first in the queue', () => {
    given(course, opened, annEnrolled, bobQueued, new StudentLeft({ courseId: 'c1', studentId: 'ann' }))
      .when((state) => fillSeat(state, 'c1'))
      .then(new StudentEnrolled({ courseId: 'c1', studentId: 'bob' }));
  });
});
